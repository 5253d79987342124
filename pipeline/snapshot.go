package pipeline

import "time"

// Delivery is one file as it was handed in: what it is, from whom, and when.
type Delivery struct {
	Dataset     string
	Provider    string
	Name        string    // path under the inbox, with forward slashes
	Hash        string    // SHA-256 of the file's bytes, hexadecimal
	Size        int64     // bytes
	DeliveredAt time.Time // UTC: from the manifest, else the moment it was first seen
	DeliveredOn Date      // the Europe/London day of DeliveredAt
	Period      string    // from the manifest; empty when the contract decides
}

// Key identifies a delivery: the same bytes from the same provider for the
// same dataset are the same delivery, whatever the file is called.
func (d Delivery) Key() string { return d.Dataset + "/" + d.Provider + "/" + d.Hash }

// Arrival is a delivery that waits to be taken.
type Arrival struct {
	Delivery
	Path string // where it can be read now
}

// Counts is what became of the rows of a file. Read = Accepted + Quarantined
// + Blank + Erased always holds; titles and the header above the data are not
// rows.
type Counts struct {
	Read        int64
	Accepted    int64
	Quarantined int64
	Blank       int64
	Erased      int64 `json:",omitempty"` // about people who were erased: kept nowhere
}

// Balanced reports whether no row was lost.
func (c Counts) Balanced() bool { return c.Read == c.Accepted+c.Quarantined+c.Blank+c.Erased }

// Add returns the sum of two counts.
func (c Counts) Add(o Counts) Counts {
	return Counts{c.Read + o.Read, c.Accepted + o.Accepted, c.Quarantined + o.Quarantined, c.Blank + o.Blank, c.Erased + o.Erased}
}

// Snapshot is the immutable Parquet form of one delivery.
type Snapshot struct {
	Delivery
	Layout     string
	Relation   string // raw relation the file belongs to
	Path       string // under the lake folder, forward slashes; empty when no row was accepted
	Quarantine string // under the lake folder; empty when nothing was refused
	Counts     Counts
	MinPeriod  string // smallest and greatest period among accepted rows
	MaxPeriod  string
}

// FileStatus is what happened to a delivered file.
type FileStatus string

// Loaded files are in the lake. Refused ones stay in the inbox until the file
// or the configuration is mended.
const (
	FileLoaded  FileStatus = "loaded"
	FileRefused FileStatus = "refused"
)

// FileRecord is a delivered file as the ledger remembers it.
type FileRecord struct {
	Snapshot
	Status   FileStatus
	Reason   string // why it was refused; never personal data
	RunID    string
	LoadedAt time.Time
	Notices  []Issue // what the officer should know: unknown columns, padded codes
	// Erased is where rows about erased people stood in the delivered file. They
	// are kept nowhere, and the archive leaves them out. Only the record of a
	// load holds them; the ledger keeps them apart.
	Erased []ErasedLine `json:"-"`
}
