package ledger

import (
	"context"
)

// CopyTo writes a whole copy of the ledger as it stands to a new file at path,
// also while a run writes to it. The file must not exist.
func (l *Ledger) CopyTo(ctx context.Context, path string) error {
	if l.write == nil {
		return wrap(l.path, errReadOnly)
	}
	_, err := l.write.ExecContext(ctx, "VACUUM INTO ?", path)
	return wrap(l.path, err)
}
