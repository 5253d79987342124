-- Postcode lookup as delivered, in one shape: one row per line of a lookup
-- file. The ward code says which boundary version a row belongs to. Postcodes
-- that stand for "no address" (ZZ99) are left out, because no ward must come
-- of them.
-- grain: provider, file_hash, sheet, line
-- materialized: view
-- column provider: Inbox folder the delivery came in.
-- column file_hash: SHA-256 of the delivered file.
-- column sheet: Worksheet of the delivered file; empty for CSV.
-- column line: Line in the delivered file.
-- column delivered_at: Moment of the delivery, UTC.
-- column postcode: Postcode in capitals with one space.
-- column lad_code: GSS code of the authority.
-- column ward_code: GSS code of the ward.
-- column boundary_version: Version of the ward boundaries, null for wards that ref.wards does not hold.
with

delivered as (

    select
        provider, file_hash, sheet, line, delivered_at, delivered_on,
        postcode, lad_code, ward_code
    from raw.postcodes

    union all

    select
        provider, file_hash, sheet, line, delivered_at, delivered_on,
        postcode, lad_code, ward_code
    from raw.postcodes_codepoint

)

select
    delivered.provider,
    delivered.file_hash,
    delivered.sheet,
    delivered.line,
    delivered.delivered_at,
    delivered.postcode,
    delivered.lad_code,
    delivered.ward_code,
    wards.boundary_version

from delivered
inner join ref.build on delivered.delivered_on <= ref.build.as_at
left join ref.wards as wards
    on delivered.ward_code = wards.ward_code
where delivered.postcode not like 'ZZ99%'
