//go:build tools

// Package toolchain pins the host of programs in YAML, which tests build.
package toolchain

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
