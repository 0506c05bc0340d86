import { compose, isUnlisted, type Loaded } from './compose.ts'
import { type Concept, enumerate } from './selection.ts'

/**
 * The concepts of a value set, in the order it gives them; undefined when it is not known, cannot be enumerated, or draws on
 * an imported code system, which the database has.
 */
export const expand = (loaded: Loaded, canonical: string): Concept[] | undefined => {
  const selection = compose(loaded, canonical)
  return isUnlisted(selection) ? undefined : enumerate(selection)
}
