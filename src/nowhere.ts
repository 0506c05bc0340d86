import type { Problem } from './problem.ts'

/** What is said at every address where nothing is. */
export const nowhere: Problem = {
  kind: 'no-route',
  text: 'there is nothing at this address; the FHIR base is /fhir, and / says what there is',
}
