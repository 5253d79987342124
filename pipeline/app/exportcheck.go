package app

import "nightjar/transforms/openexport"

// CheckExport screens a folder of open data, ours or anybody's, by the
// published rules of DfE's standard.
func CheckExport(folder string) (openexport.Result, error) { return openexport.Check(folder) }
