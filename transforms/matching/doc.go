// Package matching answers who is this: it links the lines of lists to the
// people of the caseload. It reads no file and no database. It is given
// people, lines and decisions, and gives back one link for every line and the
// candidate pairs behind it, so that a person can see why.
//
// # How a line is judged
//
// Names, postcodes and numbers are brought to one form (fold.go, postcode.go,
// numbers.go). An index over the caseload yields the few people who could be
// meant (block.go). Each of them is compared field by field; every field gives
// a level of agreement (compare.go), and the levels add up to a score in bits
// (weights.go): the binary logarithm of how much likelier the agreement is
// when the two are one person than when they are not, less the logarithm of
// the number of people one could mistake them for. At 0 bits both are equally
// likely, at 7 the odds are a hundred to one. Agreement on a rare surname,
// forename, birthday or postcode counts more than agreement on a common one:
// its weight comes from how often the caseload itself holds the value. All
// other weights are reference data, estimated by expectation maximisation
// (em.go).
//
// Then a ladder of rules is climbed (ladder.go): a decision of a reviewer, the
// caseload's own id, the pupil number, the learner number, names and birthday
// exact, close names with birthday and postcode, a slip in the birthday with
// exact names and postcode, and last the score alone. The first rule that
// holds names the link. In a second pass a list's own number, once confirmed,
// is remembered for that list's other lines.
//
// # Three outcomes
//
// A line is linked when its best candidate reaches the accept threshold, is
// better than the second best by the margin, and nothing speaks against it.
// Both are lower where names and birth date are exact.
// What speaks against it, whatever the score: numbers that differ, no
// birthday, a slip in the birthday or a diminutive at another address, a wholly
// different forename, a forename that is merely close where it is a name in
// its own right, one name and birthday under several numbers, and two lines of
// one file that claim one person. Such lines go to review, as does everything
// above the review threshold. The rest is unmatched. A decision is never
// overridden by a score.
//
// Twins always go to review, also where the forename is exactly that of one of
// them, unless a pupil number, a learner number, the caseload's own id or a
// reviewer says which is meant: a list that mistakes one twin for the other has
// both names right. Twins are people with one family name, one birth date and
// one address, or an address that only one of them has. It costs 0.4 % of
// recall and as much review at the agreed rates; a decision holds for all later
// deliveries, so each pair of twins is asked about once for each list.
//
// # What a threshold costs
//
// Measured on four invented towns of 30,000 people with as many lines, half of
// them with a learner number, none with a pupil number. The agreed faults are a
// typing slip in 2 % of lines, a slip in the birthday in 0.5 %, another
// postcode in 6 %, another surname in 1 %, a nickname in 3 %, twins 1.5 % of
// people, and 10 % of lines about nobody in the caseload. The hard lists have
// more of each, scans, cut-off and exchanged names, a number in one line of
// five, and strangers who resemble somebody: twins, brothers and sisters,
// namesakes. The threshold for exact names and birthday is 3 bits lower, but
// not below 0.
//
//	           agreed faults                 hard lists
//	accept     precision  recall  review     precision  recall  review
//	 0 bits     99.999 %  99.52 %  0.39 %     99.992 %  97.92 %  2.19 %
//	 4 bits     99.999 %  99.51 %  0.40 %     99.992 %  97.82 %  2.27 %
//	 6 bits     99.999 %  99.47 %  0.43 %     99.993 %  97.65 %  2.41 %
//	 8 bits    100.000 %  99.39 %  0.51 %     99.995 %  97.38 %  2.64 %
//	12 bits    100.000 %  98.98 %  0.88 %     99.999 %  96.18 %  3.63 %
//
// Linked or in review are 99.95 % and 99.76 % of the true pairs, whatever the
// accept threshold: it only moves lines between the two. Most of what is in
// review are twins. make bench-match prints the curve anew.
//
// # Determinism
//
// People and lines are put into an order of their own before anything is
// compared; ties are broken by person id. The order in which rows and files
// arrive changes nothing, nor does the number of workers.
//
// # Cost
//
// Every key of the index holds a birthday or a postcode and part of a name, so
// that the people behind a key stay few as the caseload grows. Keys with more
// people than Options.MaxBlock are passed over, and so are common names in one
// year of birth. A line that names its person by the caseload's id is compared
// with nobody else, and one that agrees with somebody in everything only with
// those born on the same day. People and lines are gone through by birthday,
// so that what a line looks up lies where the line before it has just been.
package matching
