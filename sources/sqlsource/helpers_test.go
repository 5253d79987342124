package sqlsource_test

import (
	"errors"

	"nightjar/pipeline"
)

func isPassing(err error) bool { return errors.Is(err, pipeline.ErrNotReady) }
