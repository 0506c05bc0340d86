import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import type { Visit } from '../visit.ts'
import { field } from './fields.ts'

/** A new password, twice. The user name stands there for password managers. */
export const newPasswordFields = ({ texts }: Visit, member: string, fault?: string): Markup =>
  html`<input type="hidden" name="user" autocomplete="username" value="${member}" /> ${field({
      name: 'password',
      label: texts.newPassword,
      type: 'password',
      autocomplete: 'new-password',
      hint: texts.newPasswordHint,
      fault,
    })}
    ${field({ name: 'repeat', label: texts.repeatPassword, type: 'password', autocomplete: 'new-password', fault: undefined })}`
