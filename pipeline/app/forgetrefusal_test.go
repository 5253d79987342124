package app

import (
	"errors"
	"testing"

	"nightjar/pipeline"
	"nightjar/sources/erase"
)

func TestForgetRefusals(t *testing.T) {
	t.Parallel()
	p := mustPlace(t)
	a, err := Open(Options{ConfigPath: p.config(), Version: "test", Clock: pipeline.SystemClock{}, Progress: pipeline.NoProgress{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Forget(t.Context(), ForgetOptions{Numbers: erase.Numbers{Clients: []string{"1"}}}); err == nil {
		t.Error("before anything was loaded")
	}
	twice := extract("2021-10-31", []client{{"client_id": "1", "upn": goneUPN}, {"client_id": "2", "upn": goneUPN}})
	p.mustPut(t, "caseload/connect/october.csv", "2021-10", "2021-11-05", twice)
	p.night(t)
	for name, n := range map[string]erase.Numbers{"nobody": {}, "two people": {UPNs: []string{goneUPN}}} {
		if _, err := a.Forget(t.Context(), ForgetOptions{Numbers: n}); !errors.Is(err, pipeline.ErrUsage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	one, err := a.Forget(t.Context(), ForgetOptions{Numbers: erase.Numbers{Clients: []string{"1"}}, DryRun: true})
	if err != nil || one.Shared != 1 || one.Places[0].Rows != 1 {
		t.Errorf("the first of two with one number: %+v, %v", one, err)
	}
}
