package transforms

import (
	"context"
	"fmt"
	"os"
	"slices"
)

// openWork attaches the work file, into which each lane saves what outlives the
// build as soon as it is made. Nobody else can read the folder it stands in.
func (b *builder) openWork(ctx context.Context) error {
	queries := []string{fmt.Sprintf("ATTACH %s AS %s (STORAGE_VERSION %s, %s)", quote(b.out.Path), workCatalog, quote(storageVersion), noLog)}
	for _, schema := range append(slices.Clone(savedLayers), layerRaw, layerRef, docSchema) {
		queries = append(queries, "CREATE SCHEMA "+workCatalog+"."+schema)
	}
	return inWorkFile(b.all(ctx, queries...))
}

// keep copies a relation to the work file, through the lane that made it: the
// other lane works on meanwhile, and memory is free again once nobody reads the
// relation any more.
func (s *session) keep(ctx context.Context, relation string) error {
	return inWorkFile(s.exec(ctx, fmt.Sprintf("CREATE TABLE %s.%s AS SELECT * FROM %s", workCatalog, relation, relation)))
}

// saved reports whether a model outlives the build.
func saved(m Model) bool { return slices.Contains(savedLayers, m.Layer) }

// save writes what else outlives the build, and closes the work file.
func (b *builder) save(ctx context.Context) error {
	relations := slices.Clone(savedRelations)
	for _, name := range disclosureRefs {
		if _, ok := b.cat.Refs[name]; ok {
			relations = append(relations, layerRef+"."+name)
		}
	}
	for _, r := range relations {
		if err := b.keep(ctx, r); err != nil {
			return err
		}
	}
	if err := inWorkFile(b.all(ctx, "CHECKPOINT "+workCatalog, "DETACH "+workCatalog)); err != nil {
		return err
	}
	return os.Chmod(b.out.Path, 0o600)
}

func inWorkFile(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("work file: %s", duckWords(err))
}
