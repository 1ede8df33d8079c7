//go:build tools

// Package toolchain pins the newest engine, which is built where the official download cannot be had.
package toolchain

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
