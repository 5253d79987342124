package contract

// missingMark says where a text stands for "no value".
type missingMark int

const (
	// alwaysMissing marks come from software, nobody is called that. Zero is
	// left to the texts that are no marks.
	alwaysMissing missingMark = iota + 1
	// maybeMissing marks are names of people too (Ms Null, Mr Na), so they are
	// believed only where the column does not hold a required text.
	maybeMissing
)

// missingMarks is the whole list of texts that stand for "no value", beside
// the empty cell. They are compared exactly, because Nan is a forename.
var missingMarks = map[string]missingMark{
	"#VALUE!": alwaysMissing, "#N/A": alwaysMissing, "#REF!": alwaysMissing, "#NAME?": alwaysMissing,
	"#DIV/0!": alwaysMissing, "#NULL!": alwaysMissing, "#NUM!": alwaysMissing, "#N/A N/A": alwaysMissing,
	"nan": alwaysMissing, "NaN": alwaysMissing, "N/A": alwaysMissing, "n/a": alwaysMissing,
	"<NA>": alwaysMissing, "NaT": alwaysMissing, `\N`: alwaysMissing, "null": alwaysMissing,
	"-": alwaysMissing, "--": alwaysMissing, "–": alwaysMissing, "—": alwaysMissing,
	"NULL": maybeMissing, "Null": maybeMissing, "NA": maybeMissing, "None": maybeMissing, "none": maybeMissing,
}

// longestMark is the length of the longest mark; longer cells need no look-up.
const longestMark = 8

// isMissing reports whether the cell stands for no value.
func isMissing(cell []byte, requiredText bool) bool {
	if len(cell) == 0 {
		return true
	}
	if len(cell) > longestMark {
		return false
	}
	switch c := cell[0]; {
	case c == '#', c == '-', c == '<', c == '\\', c == 'n', c == 'N', c >= 0x80:
	default:
		return false
	}
	switch missingMarks[string(cell)] {
	case alwaysMissing:
		return true
	case maybeMissing:
		return !requiredText
	default:
		return false
	}
}

// figureMarks are the symbols that published figures stand in for, and what
// the snapshot keeps of them. z, x, c, low, k and u are the symbols in force;
// colon and tilde are their predecessors; the dash and
// the dots are what DfE's LAIT and older tables print. ref.missing_symbols says
// what each means.
var figureMarks = map[string][]byte{
	"z": []byte("z"), "c": []byte("c"), "x": []byte("x"), "u": []byte("u"), "k": []byte("k"), "low": []byte("low"),
	"Z": []byte("z"), "C": []byte("c"), "X": []byte("x"), "U": []byte("u"), "K": []byte("k"), "Low": []byte("low"), "LOW": []byte("low"),
	":": []byte(":"), "~": []byte("~"), "-": []byte("-"), "–": []byte("-"), "—": []byte("-"),
	".": []byte("."), "..": []byte(".."), "*": []byte("*"),
	"n/a": []byte("n/a"), "N/A": []byte("n/a"), "na": []byte("na"), "NA": []byte("na"),
	// Our own tidy table may give the reason itself.
	"not_applicable": []byte("not_applicable"), "suppressed": []byte("suppressed"), "not_collected": []byte("not_collected"),
	"rounds_to_zero": []byte("rounds_to_zero"), "no_cohort": []byte("no_cohort"),
}

// figureBlank is the symbol kept for an empty figure.
var figureBlank = []byte("blank")
