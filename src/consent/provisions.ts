import type { ConsentProvision, Extension } from 'fhir/r4'
import { structure } from '../fhir/names.ts'

/** The extension of the gateway's own with that name. */
export const extensionOf = (
  extensions: readonly Extension[] | undefined,
  name: string,
): Extension | undefined => extensions?.find((extension) => extension.url === structure(name))

/** Every provision of a Consent, root first. */
export const provisionsOf = (root: ConsentProvision | undefined): ConsentProvision[] =>
  root === undefined ? [] : [root, ...(root.provision ?? []).flatMap(provisionsOf)]
