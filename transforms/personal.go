package transforms

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// personalNames are the names of columns that hold, or point at, one person.
// None may stand in a published file or in the sample of a failed check.
var personalNames = strings.Fields(`
	given_name middle_name family_name surname forename forenames first_name last_name full_name preferred_name name_of_person
	birth dob birthday postcode address town email phone telephone mobile
	upn uln client_id person_id personal_id young_person_id ypid learner_id learner_reference learner_ref pupil_id student_id
	applicant_id previous_client_id raw_text`)

// isPersonal reports whether a column's name says that it holds a person. It
// compares whole words: postcode_count is refused, postcodes is not.
func isPersonal(column string) bool {
	padded := "_" + strings.ToLower(column) + "_"
	for _, name := range personalNames {
		if strings.Contains(padded, "_"+name+"_") {
			return true
		}
	}
	return false
}

// refusePersonal returns an error that names the first column of a published
// relation that holds a person.
func refusePersonal(relation string, columns []typedColumn) error {
	for _, c := range columns {
		if isPersonal(c.Name) {
			return fmt.Errorf("%s has column %s, which holds a person; only aggregates are published, move the model to sql/restricted", relation, c.Name)
		}
	}
	return nil
}

// CheckPublished lists every column of a publication, of its warehouse and of
// its exports, and returns an error that names the first one that holds a
// name, a date of birth, a postcode, a pupil or learner number, or the id of a
// person. folder is published/<run>.
func CheckPublished(ctx context.Context, folder string) error {
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return fmt.Errorf("publication: %w", err)
	}
	if real, err = filepath.Abs(real); err != nil {
		return err
	}
	s, err := openSession(ctx, sessionOptions{memoryLimit: queryMemory, threads: 1, allow: []string{real}})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.exec(ctx, fmt.Sprintf("ATTACH %s AS %s (READ_ONLY)", quote(filepath.Join(real, publishedFile)), freshCatalog)); err != nil {
		return fmt.Errorf("published file: %w", err)
	}
	return s.noPersons(ctx, real)
}

// noPersons looks at the attached published file and at the exports beside it.
func (s *session) noPersons(ctx context.Context, folder string) error {
	res, err := s.query(ctx, "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = "+quote(freshCatalog))
	if err != nil {
		return err
	}
	for _, row := range res.Rows {
		if err := refusePersonal(text(row[0]), []typedColumn{{text(row[1]), text(row[2])}}); err != nil {
			return err
		}
	}
	exports, err := filepath.Glob(filepath.Join(folder, exportsFolder, "*.parquet"))
	controlled, _ := filepath.Glob(filepath.Join(folder, exportsFolder, "*", "*.parquet")) // the pattern is in order
	exports = append(exports, controlled...)
	if err != nil {
		return err
	}
	for _, path := range exports {
		cols, err := s.describe(ctx, "SELECT * FROM read_parquet("+quote(path)+")")
		if err != nil {
			return fmt.Errorf("export %s: %w", filepath.Base(path), err)
		}
		if err := refusePersonal(exportsFolder+"/"+filepath.Base(path), cols); err != nil {
			return err
		}
	}
	return nil
}
