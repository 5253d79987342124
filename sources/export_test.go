package sources

import (
	"io/fs"
	"os"
)

// Block keeps a drop folder from reading the files that blocked names, for
// tests that run as root, which reads everything.
func (d *DropFolder) Block(blocked func(path string) bool) {
	d.open = func(path string) (*os.File, error) {
		if blocked(path) {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
		}
		return openRegular(path)
	}
}
