import { type SQL, sql } from 'drizzle-orm'
import { invalid } from '../../problem.ts'
import type { Valued } from '../criterion.ts'
import { column, or, type Place } from '../planning.ts'
import { split } from '../values.ts'

/** Kilometers in a unit of distance, and where none is stated. */
const kilometers: Readonly<Record<string, number>> = {
  km: 1,
  m: 0.001,
  '[mi_i]': 1.609344,
  '[mi_us]': 1.6093472,
  '[ft_i]': 0.0003048,
}
const usualDistance = '50'

/** Mean radius of the earth, in kilometers. */
const radius = 6371

/** `Location?near=latitude|longitude|distance|unit` (FHIR R4 Location, parameter near): by great circle. */
export const nearSql = ({ parameter, values }: Valued, place: Place): SQL =>
  sql`EXISTS (SELECT FROM amounts a WHERE a.resource = ${column(place, 'key')} AND a.type = ${place.type} AND a.param = ${parameter.name} AND ${or(
    values.map((value) => circle(value, parameter.name)),
  )})`

const circle = (value: string, name: string): SQL => {
  const [latitude = '', longitude = '', distance = usualDistance, unit = 'km'] = split(value, '|')
  const [lat, long, reach, scale] = [Number(latitude), Number(longitude), Number(distance), kilometers[unit]]
  const sound =
    latitude !== '' && longitude !== '' && Math.abs(lat) <= 90 && Math.abs(long) <= 180 && reach >= 0
  if (!sound || scale === undefined)
    return invalid(
      `\`${name}\` is \`<latitude>|<longitude>|<distance>|<unit>\`, as in \`39.8|-89.6|10|km\``,
      name,
      'value',
    )
  const [at, along] = [float(lat), float(long)]
  return sql`2 * ${float(radius)} * asin(least(1, sqrt(power(sind((a.low - ${at}) / 2), 2)
    + cosd(${at}) * cosd(a.low) * power(sind((a.high - ${along}) / 2), 2)))) <= ${float(reach * scale)}`
}

const float = (value: number): SQL => sql`${String(value)}::text::float8`
