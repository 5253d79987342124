package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"nightjar/pipeline"
)

// The rules that issues of a place carry.
const (
	RuleUnreachable = "place_unreachable"
	RuleDenied      = "unreadable"
	RuleVanished    = "vanished"
	RuleGrowing     = "still_growing"
	RuleDropped     = "line_dropped"
	RuleTooLarge    = "too_large"
	RuleNotAList    = "not_a_list"
	RuleNoRows      = "no_rows"
	RuleBadName     = "bad_name"
	RuleSetting     = "place_setting"
	RuleWithdrawn   = "withdrawn"
)

// Problem is why a place, or one list of it, could not be had: a sentence, the
// next step, and whether the same attempt may succeed later.
type Problem struct {
	Rule    string
	Say     string // ends in a full stop; no personal data
	Hint    string
	Passing bool // worth trying again without anybody's doing
}

// Error joins sentence and next step.
func (p *Problem) Error() string {
	if p.Hint == "" {
		return p.Say
	}
	return strings.TrimSuffix(p.Say, ".") + "; " + p.Hint
}

// Is makes a passing problem a pipeline.ErrNotReady.
func (p *Problem) Is(target error) bool { return p.Passing && target == pipeline.ErrNotReady }

// Issue is the problem as said of a file.
func (p *Problem) Issue(file string) pipeline.Issue {
	return pipeline.Issue{File: strings.ToValidUTF8(file, "?"), Rule: p.Rule, Say: p.Say, Hint: p.Hint}
}

// Dropped is a line that broke while a list came over it.
func Dropped(err error) *Problem {
	return &Problem{Rule: RuleDropped, Passing: true, Say: "The line broke before the list was whole: " + Word(err) + ".",
		Hint: "It is tried again on the next run; nothing of the half was taken"}
}

// Unreachable is a place that does not answer.
func Unreachable(err error) *Problem {
	return &Problem{Rule: RuleUnreachable, Passing: true, Say: "It cannot be reached: " + Word(err) + ".",
		Hint: "It is tried again on the next run; if it stays, ask who keeps the place, and look at firewall and address"}
}

// TooLarge is a list beyond what the place may send.
func TooLarge(limit int64) *Problem {
	return &Problem{Rule: RuleTooLarge, Say: "It is larger than " + Size(limit) + " allowed for this place, so it was not taken.",
		Hint: "Look at what it is; if it is a list, raise max_mib of the place"}
}

// Vanished is a list that was on offer a moment ago.
func Vanished() *Problem {
	return &Problem{Rule: RuleVanished, Say: "It was there a moment ago and is gone.",
		Hint: "If it was not taken away on purpose, have it handed in again"}
}

// Growing is a list that changed between two looks.
func Growing() *Problem {
	return &Problem{Rule: RuleGrowing, Say: "It is still being written or was just replaced.",
		Hint: "It is taken on the next run, once it stays as it is"}
}

// Word says what went wrong on a line in few words, without addresses,
// which may carry a token, and without a driver's own text.
func Word(err error) string {
	var (
		addr *url.Error
		dns  *net.DNSError
		op   *net.OpError
		no   syscall.Errno
		cert *tls.CertificateVerificationError
		time net.Error
	)
	switch {
	case errors.As(err, &cert):
		return certificateWord(cert.Err)
	case errors.As(err, &dns) && dns.IsNotFound:
		return "its host name is not known"
	case errors.As(err, &dns):
		return "its host name cannot be looked up"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.As(err, &time) && time.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "the other side closed it"
	case errors.As(err, &no):
		return no.Error()
	case errors.As(err, &op):
		return op.Op + " failed"
	case errors.As(err, &addr):
		return Word(addr.Err)
	}
	return "no further word"
}

func certificateWord(err error) string {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &authority):
		return "its certificate is signed by nobody we know; name the authority's file under ca_file"
	case errors.As(err, &name):
		return "its certificate is of another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired, or the clock here is wrong"
	}
	return "its certificate is not valid"
}
