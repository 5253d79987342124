-- Every name that the caseload or a list holds, beside its folded form: capitals
-- without hyphens, apostrophes, dots, spaces and accents. O'Brien, O’Brien and
-- OBRIEN are one name. Two names are the same where their folded forms are;
-- this is the only place that decides it.
-- grain: full_name
-- column full_name: Family or first name as written.
-- column folded_name: The same in the form in which names are compared.
-- not_null: folded_name
with

written as (

    select family_name as full_name from intermediate.int_people
    union all
    select given_name as full_name from intermediate.int_people
    union all
    select family_name as full_name from intermediate.int_list_people
    union all
    select given_name as full_name from intermediate.int_list_people

),

names as (

    select
        full_name,
        upper(full_name) as folded

    from written
    where full_name is not null
    group by full_name

),

without_marks as (

    select
        full_name,
        replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(
            folded
        , '-', ''), '‐', ''), '–', ''), '—', ''), '''', ''), '’', '')
        , '‘', ''), 'ʼ', ''), '`', ''), '´', ''), '.', ''), ',', '')
        , ' ', ''), ' ', ''), '̀', ''), '́', ''), '̂', ''), '̃', '')
        , '̈', ''), '̧', ''), '̊', ''), '̌', '') as folded

    from names

),

with_plain_vowels as (

    select
        full_name,
        replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(
            folded
        , 'À', 'A'), 'Á', 'A'), 'Â', 'A'), 'Ã', 'A'), 'Ä', 'A'), 'Å', 'A')
        , 'Ā', 'A'), 'Ă', 'A'), 'Ą', 'A'), 'È', 'E'), 'É', 'E'), 'Ê', 'E')
        , 'Ë', 'E'), 'Ē', 'E'), 'Ė', 'E'), 'Ę', 'E'), 'Ě', 'E'), 'Ì', 'I')
        , 'Í', 'I'), 'Î', 'I'), 'Ï', 'I'), 'Ī', 'I'), 'Į', 'I'), 'İ', 'I') as folded

    from without_marks

),

with_plain_round_vowels as (

    select
        full_name,
        replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(
        replace(
            folded
        , 'Ò', 'O'), 'Ó', 'O'), 'Ô', 'O'), 'Õ', 'O'), 'Ö', 'O'), 'Ø', 'O')
        , 'Ō', 'O'), 'Ő', 'O'), 'Ù', 'U'), 'Ú', 'U'), 'Û', 'U'), 'Ü', 'U')
        , 'Ū', 'U'), 'Ů', 'U'), 'Ű', 'U'), 'Ý', 'Y'), 'Ÿ', 'Y'), 'Æ', 'AE')
        , 'Œ', 'OE') as folded

    from with_plain_vowels

),

with_plain_consonants as (

    select
        full_name,
        replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(
            folded
        , 'Ç', 'C'), 'Ć', 'C'), 'Č', 'C'), 'Ď', 'D'), 'Đ', 'D'), 'Ð', 'D')
        , 'Ğ', 'G'), 'Ģ', 'G'), 'Ķ', 'K'), 'Ł', 'L'), 'Ļ', 'L'), 'Ľ', 'L')
        , 'Ñ', 'N'), 'Ń', 'N'), 'Ņ', 'N'), 'Ň', 'N') as folded

    from with_plain_round_vowels

)

select
    full_name,
    replace(replace(replace(replace(replace(replace(
    replace(replace(replace(replace(replace(replace(
    replace(replace(replace(
        folded
    , 'Ř', 'R'), 'Ŕ', 'R'), 'Ś', 'S'), 'Š', 'S'), 'Ş', 'S'), 'Ș', 'S')
    , 'Ť', 'T'), 'Ţ', 'T'), 'Ț', 'T'), 'Ź', 'Z'), 'Ż', 'Z'), 'Ž', 'Z')
    , 'ß', 'SS'), 'ẞ', 'SS'), 'Þ', 'TH') as folded_name

from with_plain_consonants
