package schedules

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"nightjar/pipeline"
)

// ExprError is a cron expression that is refused: what is wrong and what to
// write instead. It is a pipeline.ErrUsage.
type ExprError struct {
	Expr  string
	Say   string // what is wrong, one clause
	Write string // what to write instead
}

// Error joins expression, fault and remedy.
func (e *ExprError) Error() string {
	return fmt.Sprintf("cron %q: %s; %s", e.Expr, e.Say, e.Write)
}

// Is makes errors.Is(err, pipeline.ErrUsage) hold.
func (e *ExprError) Is(target error) bool { return target == pipeline.ErrUsage }

const wantFive = "write five fields: minute, hour, day of month, month, weekday, such as 0 2 * * *"

// named are the usual short names, each with the fields it stands for.
var named = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
	"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}

// parseExpr reads an expression and returns its fields, joined by one space.
// What the library would misread, run differently from what it says, or panic
// over is refused before the library sees it.
func parseExpr(expr string) (*cron.SpecSchedule, string, error) {
	if full, ok := named[strings.ToLower(strings.TrimSpace(expr))]; ok {
		expr = full
	}
	fields := strings.Fields(expr)
	for _, guard := range []func([]string) (say, write string){guardForm, guardCount, guardWeekday, guardBothDays} {
		if say, write := guard(fields); say != "" {
			return nil, "", &ExprError{expr, say, write}
		}
	}
	spec, err := libraryParse(strings.Join(fields, " "))
	if err != nil {
		return nil, "", &ExprError{expr, err.Error(), wantFive}
	}
	if say, write := guardEmpty(spec); say != "" {
		return nil, "", &ExprError{expr, say, write}
	}
	return spec, strings.Join(fields, " "), nil
}

// guardForm refuses what is no list of fields at all.
func guardForm(fields []string) (say, write string) {
	if len(fields) == 0 {
		return "the expression is empty", wantFive
	}
	first := strings.ToUpper(fields[0])
	switch {
	// The library panics over a prefix that no field follows, and a zone here
	// would quarrel with the job's own.
	case strings.HasPrefix(first, "TZ=") || strings.HasPrefix(first, "CRON_TZ="):
		return "a time zone does not belong into the expression", "write the five fields only and the zone in time_zone"
	// It counts from the moment the process starts, so it has no nominal time.
	case first == "@EVERY":
		return "@every counts from the start of the process and names no time of day", "write the times, such as 0 */6 * * * for every six hours"
	case strings.HasPrefix(first, "@"):
		return "the short name " + fields[0] + " is not known", wantFive
	}
	return "", ""
}

func guardCount(fields []string) (say, write string) {
	switch n := len(fields); n {
	case 5:
		return "", ""
	case 6:
		return "six fields; seconds and years are not read", "write five, without the seconds: " + strings.Join(fields[1:], " ")
	case 1:
		return "1 field instead of five", wantFive
	default:
		return fmt.Sprintf("%d fields instead of five", n), wantFive
	}
}

// guardWeekday refuses the weekday 7, which other crons take for Sunday and
// the library does not.
func guardWeekday(fields []string) (say, write string) {
	for _, item := range strings.Split(fields[4], ",") {
		days, _, _ := strings.Cut(item, "/")
		for _, day := range strings.Split(days, "-") {
			if strings.TrimLeft(day, "0") == "7" {
				return "weekday 7 is not read", "write 0 or sun for Sunday, and a range to it as a list, such as 5,6,0"
			}
		}
	}
	return "", ""
}

// guardBothDays refuses two restrictions on the day: cron runs when either
// holds, readers expect both, and a step turns the one meaning into the other.
func guardBothDays(fields []string) (say, write string) {
	free := func(f string) bool { return f == "*" || f == "?" }
	if free(fields[2]) || free(fields[4]) {
		return "", ""
	}
	clock, month := fields[0]+" "+fields[1], fields[3]
	return "day of month and weekday are both restricted, and cron would run when either of them holds",
		fmt.Sprintf("write two jobs, %s %s %s * and %s * %s %s, or only the one you mean", clock, fields[2], month, clock, month, fields[4])
}

// daysOf is the most days each month can have.
var daysOf = [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// guardEmpty refuses expressions that no time ever fits, such as 31 February,
// for which the library never runs and gives no error.
func guardEmpty(spec *cron.SpecSchedule) (say, write string) {
	for _, bits := range []uint64{spec.Minute, spec.Hour, spec.Dom, spec.Month, spec.Dow} {
		if bits&^starBit == 0 {
			return "a field names no value", wantFive
		}
	}
	for m := 1; m <= 12; m++ {
		if !has(spec.Month, m) {
			continue
		}
		for d := 1; d <= daysOf[m]; d++ {
			if has(spec.Dom, d) {
				return "", ""
			}
		}
	}
	return "the day never comes: no month it names has such a day", "write a day that the month has, such as 28 for February"
}

// starBit is the mark the library sets on fields that hold a star.
const starBit = 1 << 63

func has(bits uint64, v int) bool { return bits&(1<<uint(v)) != 0 }

// libraryParse calls the library for five plain fields. A panic of the parser
// is an expression that cannot be read, not the end of the daemon.
func libraryParse(fields string) (spec *cron.SpecSchedule, err error) {
	defer func() {
		if r := recover(); r != nil {
			spec, err = nil, fmt.Errorf("the expression cannot be read")
		}
	}()
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	schedule, err := parser.Parse(fields)
	if err != nil {
		return nil, err
	}
	spec, ok := schedule.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("the expression names no times of day")
	}
	spec.Location = time.UTC // the clock without a zone
	return spec, nil
}
