package sample

const readmeText = `Everything in this folder is synthetic.

Nobody named here exists. Names, birth dates, pupil and learner numbers,
client ids, schools, colleges and universities are invented by a program from
a seed. Authorities, regions and wards are real; the postcodes stand in sectors
that no real address is known to use, and postcodes/ holds their own lookup.

Counts of other authorities in comparators/nccis-portal are invented too, and
every row says so (source_kind synthetic). The annual values in
comparators/dfe are re-typed from the Department for Education's NEET scorecard
("Contains public sector information licensed under the Open Government
Licence v3.0").

inbox/         the files as providers hand them in, with manifest.csv
truth/         who is who: for each row of a list the person behind it
nightjar.yaml  the configuration for this folder
sample.json    what was written, so that writing again changes nothing
`

const configText = `# Configuration of the synthetic sample authority.
authority:
  la_code: "343"
time_zone: Europe/London
folders:
  inbox: inbox
  data: .
inbox:
  settle: 200ms
warehouse:
  memory_limit: 300MB
  threads: 2
`
