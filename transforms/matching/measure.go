package matching

import "fmt"

// Quality is how well links agree with the truth.
type Quality struct {
	Rows, True     int // lines, and lines that are about somebody in the caseload
	Linked, Right  int // lines linked, and linked to the right person
	Review, Caught int // lines for review, and true ones that are linked rightly or in review
}

// Precision is the share of links that are right; 1 without links.
func (q Quality) Precision() float64 { return share(q.Right, q.Linked) }

// Recall is the share of true lines that are linked rightly.
func (q Quality) Recall() float64 { return share(q.Right, q.True) }

// ReviewShare is the share of lines that go to review.
func (q Quality) ReviewShare() float64 {
	if q.Rows == 0 {
		return 0
	}
	return share(q.Review, q.Rows)
}

// Reached is the share of true lines that are linked rightly or in review.
func (q Quality) Reached() float64 { return share(q.Caught, q.True) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// String writes the four shares in per cent.
func (q Quality) String() string {
	return fmt.Sprintf("precision %.3f %%, recall %.2f %%, review %.2f %%, linked or in review %.2f %% (%d lines, %d in the caseload, %d wrong)",
		100*q.Precision(), 100*q.Recall(), 100*q.ReviewShare(), 100*q.Reached(), q.Rows, q.True, q.Linked-q.Right)
}

// Measure compares links with the truth: the person behind every line, empty
// for somebody who is not in the caseload.
func Measure(r Result, truth []string) Quality {
	q := Quality{Rows: len(truth)}
	for i, l := range r.Links {
		right := l.Outcome == Linked && l.PersonID == truth[i]
		if truth[i] != "" {
			q.True++
			if right || l.Outcome == ToReview {
				q.Caught++
			}
		}
		switch l.Outcome {
		case Linked:
			q.Linked++
			if right {
				q.Right++
			}
		case ToReview:
			q.Review++
		}
	}
	return q
}
