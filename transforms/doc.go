// Package transforms turns snapshots into answers. It reads the models of
// sql/ (header, order, portable subset), builds them over the snapshots in a
// DuckDB work file, checks them, and publishes marts and exports in one
// switch. It is the only package that knows DuckDB.
package transforms
