import type { Asked, RecipientClass } from '../consent/asked.ts'
import type { Demands } from '../validate/demands.ts'

/** Whoever presented a valid access token: the client, whom it acts for, and what the token allows. */
export interface Caller {
  readonly client: string
  /** `Organization/<id>` that the client is registered for. */
  readonly organization: string
  /** Row keys of the organization itself and of its home: the principal, for a business associate. */
  readonly organizationKey: number
  readonly homeKey: number
  /** Class of the recipient: its principal's, for a business associate; undefined where none is registered. */
  readonly recipientClass?: RecipientClass | undefined
  readonly asked: Asked
  /** `Patient/<id>` in context, where an app was launched with one: scopes of the level `patient` reach its records. */
  readonly patient?: string
  /** Id of the user who authorized the app. */
  readonly member?: string
  /** Key of the audience that `asked` is: the permits are kept under it. */
  readonly audience: number
  /** The granted scopes, as the token response said them. */
  readonly scope: string
  readonly roles: readonly string[]
  /** What becomes of what it sends that does not conform to a profile; without it, it is refused. */
  readonly demands?: Demands
  /** Ids that this client may choose itself start with it (update-as-create). */
  readonly prefix: string | undefined
  /** Of a caller that was remembered: what must still hold for it, in the very statement that it asks. */
  readonly token?: Remembered
}

/** A token as it was when its caller was looked up. */
export interface Remembered {
  readonly hash: string
  /** Real time, as an instant: the token must not have expired by then. */
  readonly moment: string
  /** The state of clients and organizations. */
  readonly epoch: number
}
