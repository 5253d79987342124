// Package pipelinetest holds what tests of every room share: a clock that
// stands still, in-memory parts for the ports of package pipeline, and the
// behaviour suites that every source and every ledger must pass. Nothing
// outside tests imports it.
package pipelinetest
