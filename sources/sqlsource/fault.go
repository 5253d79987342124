package sqlsource

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	mssql "github.com/microsoft/go-mssqldb"

	"nightjar/sources/remote"
)

// fault words a driver's error without its text, which may quote a cell.
func fault(err error) *remote.Problem {
	var (
		p           *remote.Problem
		pg          *pgconn.PgError
		ms          mssql.Error
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &pg):
		return postgresFault(pg.Code)
	case errors.As(err, &ms):
		return sqlServerFault(ms.Number)
	case errors.As(err, &certificate):
		return &remote.Problem{Rule: remote.RuleSetting, Say: "The server cannot be trusted: " + remote.Word(err) + ".", Hint: "Nothing was sent; ask who keeps it"}
	case errors.Is(err, context.DeadlineExceeded):
		return tooSlow("")
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return &remote.Problem{Rule: remote.RuleSetting, Say: "The server does not offer an encrypted line.", Hint: "Ask who keeps it to switch TLS on; nothing was sent"}
	}
	return remote.Dropped(err)
}

// What the codes of both servers stand for.
func denied(code string) *remote.Problem {
	return &remote.Problem{Rule: remote.RuleDenied, Say: "The database does not let our user do this" + code + ".",
		Hint: "Have the user given the right to read what the query names, and look at user, password and database of the place"}
}

func gone(code string) *remote.Problem {
	return &remote.Problem{Rule: remote.RuleVanished, Say: "The database has no such table, column or function" + code + ".",
		Hint: "Look whether it was renamed, and correct query of the list"}
}

func tooSlow(code string) *remote.Problem {
	return &remote.Problem{Rule: remote.RuleDropped, Say: "The query took longer than timeout of the place allows" + code + ".",
		Hint: "Make the query ask for less, have an index added, or raise timeout"}
}

func busy(code string) *remote.Problem {
	return &remote.Problem{Rule: remote.RuleDropped, Passing: true, Say: "The database broke the query off" + code + ".",
		Hint: "It is tried again on the next run; nothing of the half was taken"}
}

// postgresFault judges by the SQLSTATE, whose first two characters are its
// class.
func postgresFault(state string) *remote.Problem {
	code := fmt.Sprintf(" (SQLSTATE %s)", state)
	switch {
	case state == "42501" || strings.HasPrefix(state, "28") || state == "3D000":
		return denied(code)
	case state == "42P01" || state == "42703" || state == "42883" || state == "3F000":
		return gone(code)
	case state == "57014":
		return tooSlow(code)
	case state == "25006":
		return &remote.Problem{Rule: remote.RuleSetting, Say: "The query would write, and was refused" + code + ".", Hint: "Correct query of the list: it may only read"}
	}
	switch state[:min(2, len(state))] {
	case "08", "40", "53", "55", "57", "58":
		return busy(code)
	}
	return query(code)
}

// sqlServerFault judges by the number of the message.
func sqlServerFault(number int32) *remote.Problem {
	code := fmt.Sprintf(" (error %d)", number)
	switch number {
	case 229, 230, 262, 300, 916, 4060, 18452, 18456, 18486, 18487, 18488:
		return denied(code)
	case 207, 208, 2812, 4121, 4701:
		return gone(code)
	case 1205, 1222, 3960, 4221, 40197, 40501, 40613, 49918, 49919, 49920: // deadlock, lock, replica or cloud that is busy
		return busy(code)
	}
	return query(code)
}

func query(code string) *remote.Problem {
	return &remote.Problem{Rule: remote.RuleNotAList, Say: "The database cannot answer the query" + code + ".",
		Hint: "Try the query by hand and correct query of the list"}
}
