package remote

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"nightjar/pipeline"
)

// TLS returns what a client needs to know a server by: the machine's
// authorities, and those of a file where one is named. The error is
// pipeline.ErrUsage.
func TLS(caFile, host string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if caFile == "" {
		return c, nil
	}
	text, err := os.ReadFile(caFile)
	if err != nil {
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return nil, fmt.Errorf("%w: ca_file %s: %w; correct its path or its rights", pipeline.ErrUsage, caFile, err)
	}
	if c.RootCAs, err = x509.SystemCertPool(); err != nil {
		c.RootCAs = x509.NewCertPool() // the machine has none; ours is enough
	}
	if !c.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%w: ca_file %s holds no certificate; it needs one in PEM form, which begins with -----BEGIN CERTIFICATE-----", pipeline.ErrUsage, caFile)
	}
	return c, nil
}
