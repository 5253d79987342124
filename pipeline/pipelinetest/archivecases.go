package pipelinetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func sourceArchive(t *testing.T, r SourceRig) {
	name := r.file("list.csv")
	r.Put(t, name, []byte("body"))
	r.Put(t, r.file("empty.csv"), nil)
	r.archive(t, r.lookClean(t, r.file("empty.csv"), name)...)
	check(t, !r.Stands(t, name), "the file is still handed in")
	r.wantKept(t, "body", "")
	r.lookClean(t)
}

func sourceArchiveTwice(t *testing.T, r SourceRig) {
	r.Put(t, r.file("list.csv"), []byte("body"))
	a := r.lookClean(t, r.file("list.csv"))[0]
	r.archive(t, a, a, a)
	check(t, len(r.Kept(t)) == 1, "the file is kept %d times", len(r.Kept(t)))
	r.wantKept(t, "body")
}

func sourceArchiveGone(t *testing.T, r SourceRig) {
	r.Put(t, r.file("list.csv"), []byte("body"))
	a := r.lookClean(t, r.file("list.csv"))[0]
	r.Remove(t, r.file("list.csv"))
	r.archive(t, a)
	r.wantKept(t)
}

// sourceArchiveChanged changes the file after it was listed, to another size
// and to other bytes of the same size: both are new deliveries.
func sourceArchiveChanged(t *testing.T, r SourceRig) {
	name := r.file("list.csv")
	for _, later := range []string{"a longer body", "ydob"} {
		r.Put(t, name, []byte("body"))
		a := r.lookClean(t, name)[0]
		r.Put(t, name, []byte(later))
		r.archive(t, a)
		check(t, r.Stands(t, name), "a new delivery was removed")
		r.wantKept(t)
		check(t, r.lookClean(t, name)[0].Hash == HashOf([]byte(later)), "the new delivery is not shown")
	}
	// The same once the bytes of the listed file are in the archive already.
	r.Put(t, name, []byte("body"))
	a := r.lookClean(t, name)[0]
	r.archive(t, a)
	r.Put(t, name, []byte("ydob"))
	r.archive(t, a)
	check(t, r.Stands(t, name), "a new delivery was removed for an old one's copy")
	r.wantKept(t, "body")
}

func sourceArchiveParallel(t *testing.T, r SourceRig) {
	var names, bodies []string
	for i := range 40 {
		names = append(names, r.file(fmt.Sprintf("list %02d.csv", i)))
		bodies = append(bodies, fmt.Sprint("body ", i))
		r.Put(t, names[i], []byte(bodies[i]))
	}
	list := r.lookClean(t, names...)
	inParallel(len(list), func(i int) {
		if err := r.Source.Archive(t.Context(), list[i]); err != nil {
			t.Errorf("Archive %s: %v", list[i].Name, err)
		}
	})
	r.wantKept(t, bodies...)
	r.lookClean(t)
}

func sourceArchiveCancelled(t *testing.T, r SourceRig) {
	name := r.file("list.csv")
	r.Put(t, name, []byte("body"))
	a := r.lookClean(t, name)[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := r.Source.Archive(ctx, a)
	check(t, errors.Is(err, context.Canceled), "Archive: %v", err)
	check(t, r.Stands(t, name), "the file is gone")
	r.wantKept(t)
	r.archive(t, a)
	r.wantKept(t, "body")
}
