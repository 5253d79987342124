package app

import (
	"context"
	"runtime"

	"nightjar/pipeline"
	"nightjar/sources/sample"
	"nightjar/transforms"
)

// SampleOptions says which synthetic authority to write, and where.
type SampleOptions struct {
	Out      string
	Seed     uint64
	People   int
	Progress pipeline.Progress
}

// WriteSample writes a synthetic authority. Where the same one stands already,
// nothing is changed.
func WriteSample(ctx context.Context, o SampleOptions) (sample.Summary, error) {
	return sample.Write(ctx, sample.Options{Out: o.Out, Seed: o.Seed, People: o.People, Progress: o.Progress})
}

// Version names the parts of the program.
type Version struct {
	Nightjar string `json:"nightjar"`
	DuckDB   string `json:"duckdb"`
	Go       string `json:"go"`
}

// Versions asks the parts for their versions.
func Versions(ctx context.Context, own string) (Version, error) {
	duck, err := transforms.EngineVersion(ctx)
	return Version{Nightjar: own, DuckDB: duck, Go: runtime.Version()}, err
}
