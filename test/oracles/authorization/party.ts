import type { Key } from '../../smart/world.ts'

/** Where both send the browser back to; nothing listens there. */
export const callback = 'https://app.example/callback'
export const secondCallback = 'https://app.example/second'

export const scope = 'openid offline_access user/Observation.rs user/Patient.rs'
export const systemScope = 'system/Patient.rs'
export const verifier = 'a-verifier-of-at-least-forty-three-characters-0123'
export const secret = 'a secret: of 40 % and more+letters = long'

/** The clients that both know, by how they prove themselves. */
export const clients = ['public', 'knowing', 'signing-es', 'signing-rs'] as const
export type ClientName = (typeof clients)[number]

export interface Keys {
  readonly es: Key
  readonly rs: Key
}

/** What a server answered, as far as it is compared. */
export type Seen = Readonly<Record<string, string>>

/** One of the two servers. */
export interface Party {
  readonly name: 'sluice' | 'reference'
  /** Its issuer. */
  readonly url: string
  readonly paths: Readonly<Record<Endpoint, string>>
  readonly keys: Keys
  /** Goes to authorize as somebody who allows all, until the browser is sent to the app or a page stands still. */
  go(address: string, init?: RequestInit): Promise<Shown>
  close(): Promise<void>
}

export interface Shown {
  readonly status: number
  readonly url: string
  readonly headers: Headers
}

export type Endpoint = 'authorize' | 'token' | 'introspect' | 'revoke'
