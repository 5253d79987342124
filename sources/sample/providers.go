package sample

import (
	"fmt"
	"path/filepath"
	"strings"
)

// providersHeader is the header of sql/ref/providers.csv, which the sample's
// own file replaces.
const providersHeader = "provider_id,folder,ukprn,laestab,urn,name,is_main:boolean,kind,successor_id,valid_from:date,valid_to:date,source\n"

// providerKinds are the words of ref.provider_kinds.
var providerKinds = map[string]string{"school": "school", "sixth": "school", "special": "special", "sfc": "sixth_form", "fe": "fe", "outside": "fe"}

// writeProviders writes the invented institutions as the reference list of
// providers: each under its full name and under the short one that schools use.
func writeProviders(out string) error {
	land, err := readLandscape()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(providersHeader)
	for _, in := range land.all {
		kind := providerKinds[in.kind]
		if strings.Contains(in.name, "Sixth Form") {
			kind = "sixth_form"
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s,,%s,true,%s,,,,invented for the sample\n", in.provider, in.provider, in.ukprn, in.number, in.name, kind)
		fmt.Fprintf(&b, "%s,,,,,%s,false,%s,,,,invented for the sample\n", in.provider, strings.TrimSuffix(in.name, " (synthetic)"), kind)
	}
	return writeFile(filepath.Join(out, "reference", "providers.csv"), b.String())
}
