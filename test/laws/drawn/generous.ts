import fc from 'fast-check'
import type { ConsentProvision } from 'fhir/r4'
import { actorOf, classExtension, labelOf, type Named, provision, purposeOf, sometimes } from './provision.ts'
import { actLabels } from './town.ts'

const broker = 'Organization/broker'
const nameable = [...actLabels.filter((code) => code !== 'PSYTHPN'), 'ferpa']

/** Recipients as people name them: a team, group or role, an intermediary with a participant, with those who treat, or, deficient, by itself. */
const recipientsOf = ({
  related,
  standing,
}: Named): fc.Arbitrary<Pick<ConsentProvision, 'actor' | 'extension'>> =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .constantFrom('Organization/psychiatry', 'Organization/hospital', 'Organization/agency', related)
        .map((reference) => ({ actor: [actorOf('IRCP', reference)] })),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...standing).map((reference) => ({ actor: [actorOf('IRCP', reference)] })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(broker, 'Organization/psychiatry').map((other) => ({
        actor: [broker, other].map((reference) => actorOf('IRCP', reference)),
      })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('treating-providers', 'tpo-general').map((code) => ({
        actor: [actorOf('IRCP', broker)],
        extension: [classExtension(code)],
      })),
    },
  )

const usual = ['TREAT', 'PUBHLTH', 'FAMRQT']

/** Whether the labels are named; notes go by themselves (42 CFR 2.31(b), 45 CFR 164.508(b)(3)). */
const labelsNamed: fc.Arbitrary<readonly string[] | undefined> = fc.oneof(
  { weight: 10, arbitrary: fc.subarray(nameable, { minLength: nameable.length - 2 }) },
  { weight: 1, arbitrary: fc.constant(['PSYTHPN']) },
  { weight: 1, arbitrary: fc.constant(undefined) },
)

/** A permit as people sign it: a recipient, treatment, and most of the labels by name; sometimes with an exception. */
export const generous = (named: Named): fc.Arbitrary<ConsentProvision> =>
  fc
    .record({
      who: recipientsOf(named),
      labels: labelsNamed,
      purposes: fc.oneof<fc.WeightedArbitrary<string[]>[]>(
        { weight: 10, arbitrary: fc.constant(usual) },
        { weight: 1, arbitrary: fc.constant([...usual, 'HLEGAL']) },
        { weight: 1, arbitrary: fc.constant(['HLEGAL']) },
      ),
      within: sometimes(fc.array(provision(named, 0), { minLength: 1, maxLength: 1 })),
    })
    .map(({ who, labels, purposes, within }) => ({
      type: 'permit',
      ...who,
      purpose: purposes.map(purposeOf),
      ...(labels === undefined ? {} : { securityLabel: labels.map(labelOf) }),
      ...(within === undefined ? {} : { provision: within }),
    }))
