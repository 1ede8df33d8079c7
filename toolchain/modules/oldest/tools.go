//go:build tools

// Package toolchain pins the oldest engine that is supported, for CHITTYOS_ENGINE=oldest.
package toolchain

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
