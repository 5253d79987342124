// Package compat proves that old clients read what is published: DuckDB 1.1 and
// Arrow 17, under the names their modules had then. It is a module of its own,
// so that neither ends up in the program. Run its tests after make build.
package compat
