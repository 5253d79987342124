package transforms

// BigMart lends the large published file to tests that also need the formats,
// which know this package.
var BigMart = bigMart
