package transforms

import "strings"

// Unit says what the values of a column are counted in. The names of the marts
// carry their unit; what does not is told by its type.
func Unit(name, kind string) string {
	for _, u := range []struct{ ends, unit string }{
		{"_percent", "per cent"}, {"_points", "percentage points"}, {"_days", "days"}, {"_count", "number"},
		{"_quintile", "quintile, 1 to 5"}, {"quintile", "quintile, 1 to 5"},
	} {
		if strings.HasSuffix(name, u.ends) && (kind == "DOUBLE" || kind == "BIGINT") {
			return u.unit
		}
	}
	switch kind {
	case "DATE":
		return "day"
	case "TIMESTAMP":
		return "moment, UTC"
	case "BOOLEAN":
		return "true or false"
	case "BIGINT", "INTEGER":
		return "whole number"
	case "DOUBLE":
		return "number"
	default:
		return "text"
	}
}
