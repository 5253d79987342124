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

reference/     the invented schools and colleges, in place of the shipped list
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
reference: reference
datasets:
  cohort_checks:
    providers:
      saltmarsh-academy: # its own words for everything
        columns:
          School No: establishment_number
          Given: forename
          Legal name: surname
          D.O.B.: birth_date
          Yr: nc_year
          Pupil No: upn
          Learner No: uln
          Home PC: postcode
          "Worried about?": roni_flag
          Roll status: enrol_status
          "Place for September?": offer_status
          Where: offer_provider
          Checked in: check_round
          Gone to: left_to
  college_starters:
    providers:
      knot-college: # another college system
        columns:
          Prov: ukprn
          STUDENT_NO: learner_reference
          FIRSTNAME: given_names
          SURNAME: family_name
          BIRTHDATE: birth_date
          MIAP_ULN: uln
          POSTCODE: postcode
          QUAL_CODE: aim_reference
          STARTED: start_date
          DUE_TO_FINISH: planned_end_date
          FINISHED: actual_end_date
          STATUS: completion_status
          WHY_LEFT: withdraw_reason
warehouse:
  memory_limit: 250MB
  threads: 2
# Lists may also be fetched from servers and databases. Nothing is ever written
# to them or removed from them; keys and passwords stand in files that only
# nightjar's user may read (chmod 600), or in environment variables. Take the
# marks in front away, fill in your own, and try it with:
#   nightjar check --places
# places:
#   - name: second-share # another folder like inbox
#     kind: folder
#     folder: /mnt/share/lists
#   - name: college-sftp # files lie there as <folder>/<dataset>/<provider>/<file>
#     kind: sftp
#     host: sftp.college.example
#     user: council
#     key_file: secrets/id_ed25519
#     passphrase: {file: secrets/passphrase}
#     known_hosts: secrets/known_hosts # the line that ssh-keyscan shows, once its owner has confirmed it
#     folder: /outgoing
#   - name: open-data # one address for each list
#     kind: https
#     max_mib: 50 # larger lists are refused; 512 where nothing is said
#     lists:
#       - {dataset: registers, provider: dfe, url: "https://data.example/registers-2021-09.csv"}
#   - name: school-system # one query for each list; give the account the right to read and no other
#     kind: sql
#     engine: postgresql # or sqlserver
#     host: db.council.example
#     database: mis
#     user: nightjar_reader
#     password: {env: MIS_PASSWORD}
#     timeout: 5m
#     lists:
#       - dataset: cohort_checks
#         provider: council-roll
#         query: |
#           select establishment_number, upn, surname, forename, birth_date, nc_year
#           from roll order by upn
`
