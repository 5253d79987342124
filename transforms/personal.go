package transforms

import (
	"fmt"
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
