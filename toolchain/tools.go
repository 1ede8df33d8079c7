//go:build tools

// Package toolchain pins what is built from source when the official download cannot be had.
package toolchain

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
