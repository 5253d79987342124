// Package sqlsource takes lists from databases, PostgreSQL or SQL Server: one
// query is one list.
//
// A query runs in a transaction of its own that only reads. PostgreSQL
// enforces that; SQL Server has no such transactions, so it is told of the
// intent, the configuration refuses whatever is not a SELECT, and the account
// should have no other right. The result is written as the CSV that a person
// would have exported, and then goes the way of every list:
//
//   - UTF-8, commas, a header of the query's column names;
//   - NULL is an empty cell; days are 2021-10-31, times 2021-10-31 09:30:00 in
//     the configured time zone, truth values Y and N, numbers plain;
//   - a result without rows is no list, and binary columns are refused.
//
// The same rows in the same order are the same bytes, and skipped. In another
// order they are another list, which changes no figure and costs a snapshot; a
// query that ends in ORDER BY avoids it.
//
// Drivers' errors quote what stood in a cell, so only their code is passed on.
package sqlsource
