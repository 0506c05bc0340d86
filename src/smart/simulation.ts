import type { Services } from '../services.ts'

/**
 * What can be made to go wrong with one launch, so that an app's author sees what happens then. Each is done by what does it in
 * earnest: a short life, fewer scopes, a revocation.
 */
export const simulations = ['expired', 'scope', 'revoked'] as const

export type Simulation = (typeof simulations)[number]

/** What is left of the scopes for resources where a launch is to lack some. */
export const fewScopes = 'patient/Patient.r'

/** Life of the first access token where it is to expire, in seconds. */
export const briefly = 1

/** The simulation of a launch or grant. INVARIANT: in production there is none, whatever a row says. */
export const simulationOf = (
  { production }: Pick<Services['settings'], 'production'>,
  kept: Simulation | null | undefined,
): Simulation | undefined => (production ? undefined : (kept ?? undefined))
