/**
 * How old a patient may be, by the Patients of one custodian (42 CFR 2.14, 45 CFR 164.502(g)(3)).
 * Choices: a year or a month of birth is a span, and whoever asks names the end of it that denies; without a birth
 * date that can be read somebody may be of any age; where several Patients of one person disagree, any may be right.
 */
import type { Interval } from './dates.ts'
import { intervalOf } from './dates.ts'
import { idOf, personOf } from './world.ts'
import type { TwinWorld } from './world.ts'

const birthsAt = (world: TwinWorld, custodian: string, person: string): readonly (Interval | undefined)[] => {
  const births: (Interval | undefined)[] = []
  for (const { resource, custodian: holder } of world.records) {
    if (resource.resourceType !== 'Patient' || idOf(holder) !== idOf(custodian)) continue
    if (personOf(world, resource.id ?? '') === person) births.push(intervalOf(resource.birthDate))
  }
  return births.length === 0 ? [undefined] : births
}

const birthday = (born: number, age: number): number => {
  const day = new Date(born)
  return Date.UTC(day.getUTCFullYear() + age, day.getUTCMonth(), day.getUTCDate())
}

/** By the earliest reading the birthday was reached. */
export const mayHaveReached = (
  world: TwinWorld,
  custodian: string,
  person: string,
  age: number,
  moment: number,
): boolean =>
  birthsAt(world, custodian, person).some(
    (birth) => birth === undefined || moment >= birthday(birth.from, age),
  )

/** By the latest reading the birthday is still to come. */
export const mayBeYounger = (
  world: TwinWorld,
  custodian: string,
  person: string,
  age: number,
  moment: number,
): boolean =>
  birthsAt(world, custodian, person).some(
    (birth) => birth === undefined || moment < birthday(birth.to - 1, age),
  )
