import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import { linkTo, paths } from '../addresses.ts'
import type { PasskeyRow, SessionRow, SetUp } from '../members.ts'
import type { Session } from '../session.ts'
import type { Visit } from '../visit.ts'
import { alert, day, field, moment, token } from './fields.ts'
import { passkeyForm } from './passkey-form.ts'
import { newPasswordFields } from './password-fields.ts'

export interface AccountPage {
  readonly session: Session
  readonly setUp: SetUp
  /** How the member signs in is kept by an external provider. */
  readonly managed: boolean
  readonly fault?: { readonly at: 'password' | 'current' | 'passkey'; readonly text: string } | undefined
  readonly done?: string | undefined
  /** Sections of other rooms: the apps that a member has let in, say. */
  readonly more: readonly Markup[]
}

/** The page of a member: what is set up, where they are signed in, and how to change it. */
export const accountPage = (visit: Visit, shown: AccountPage): Markup => {
  const { texts } = visit
  const { id, role } = shown.session.member
  const named: Readonly<Record<string, string>> = texts.roles
  return html`<h1>${texts.account}</h1>
    <p class="lead">${texts.accountFor(id, named[role] ?? role, shown.setUp.organization)}</p>
    ${shown.done === undefined ? '' : html`<p class="good" role="status">${shown.done}</p>`}
    ${alert(shown.fault?.text)} ${shown.more} ${sessions(visit, shown)}
    ${
      shown.managed
        ? html`<p>${texts.managed}</p>`
        : html`${passkeys(visit, shown)} ${authenticator(visit, shown)} ${password(visit, shown)}
            <p class="hint">${texts.confirmFirst}</p>`
    }
    <form method="post" action="${to(visit, paths.signOut)}">
      ${token(visit)}<button type="submit" class="plain">${texts.signOut}</button>
    </form>`
}

const to = ({ services }: Visit, path: string): string => linkTo(services.settings.publicUrl, path)

const sessions = (visit: Visit, { session, setUp }: AccountPage): Markup => {
  const { texts } = visit
  return html`<section class="card" aria-labelledby="sessions">
    <h2 id="sessions">${texts.sessions}</h2>
    <ul class="rows">
      ${setUp.sessions.map((row) => sessionRow(visit, row, row.hash === session.hash))}
    </ul>
    ${
      setUp.sessions.length < 2
        ? ''
        : html`<form method="post" action="${to(visit, paths.sessionsEnd)}">
            ${token(visit)}<input type="hidden" name="session" value="others" />
            <button type="submit" class="plain small">${texts.endOthers}</button>
          </form>`
    }
  </section>`
}

const sessionRow = (visit: Visit, row: SessionRow, here: boolean): Markup => {
  const { texts } = visit
  const named: Readonly<Record<string, string>> = texts.methods
  const by = row.methods.flatMap((method) => named[method] ?? []).join(' + ')
  return html`<li>
    <span>
      ${texts.since} ${moment(visit, row.authenticated)} ${texts.by} ${by}
      <small>${here ? texts.thisBrowser : html`${texts.lastSeen} ${moment(visit, row.seen)}`}</small>
    </span>
    ${
      here
        ? ''
        : html`<form method="post" action="${to(visit, paths.sessionsEnd)}">
            ${token(visit)}<input type="hidden" name="session" value="${row.id}" />
            <button
              type="submit"
              class="plain small"
              aria-label="${texts.endSince(day(visit, row.authenticated))}"
            >
              ${texts.end}
            </button>
          </form>`
    }
  </li>`
}

const passkeys = (visit: Visit, { setUp }: AccountPage): Markup => {
  const { texts } = visit
  return html`<section class="card" aria-labelledby="passkeys">
    <h2 id="passkeys">${texts.passkeys}</h2>
    ${
      setUp.passkeys.length === 0
        ? html`<p>${texts.noPasskeys}</p>`
        : html`<ul class="rows">
            ${setUp.passkeys.map((row) => passkeyRow(visit, row))}
          </ul>`
    }
    ${passkeyForm(visit, {
      use: 'create',
      action: to(visit, paths.passkeys),
      options: paths.passkeysOptions,
      label: texts.createPasskey,
      more: field({
        name: 'name',
        label: texts.passkeyName,
        autocomplete: 'off',
        value: texts.passkeyDefaultName,
        longest: 60,
      }),
    })}
    <p class="hint" data-unsupported>${texts.passkeyUnsupported}</p>
  </section>`
}

const passkeyRow = (visit: Visit, { id, name, added, used }: PasskeyRow): Markup => {
  const { texts } = visit
  return html`<li>
    <span>
      ${name}
      <small
        >${texts.added} ${moment(visit, added)},
        ${used === null ? texts.neverUsed : html`${texts.lastUsed} ${moment(visit, used)}`}</small
      >
    </span>
    <form method="post" action="${to(visit, paths.passkeysRemove)}">
      ${token(visit)}<input type="hidden" name="passkey" value="${id}" />
      <button type="submit" class="plain small" aria-label="${texts.removeNamed(name)}">
        ${texts.remove}
      </button>
    </form>
  </li>`
}

const authenticator = (visit: Visit, { setUp }: AccountPage): Markup => {
  const { texts } = visit
  const { totp } = setUp
  return html`<section class="card" aria-labelledby="authenticator">
    <h2 id="authenticator">${texts.authenticator}</h2>
    <p>${totp === undefined ? texts.authenticatorNone : texts.authenticatorSince(day(visit, totp))}</p>
    ${totp === undefined ? '' : html`<p>${texts.recoveryLeft(setUp.recoveryCodes)}</p>`}
    <div class="stack">
      <a class="button plain wide" href="${to(visit, paths.authenticator)}">${texts.authenticatorNew}</a>
      ${
        totp === undefined
          ? ''
          : html`<form method="post" action="${to(visit, paths.recoveryCodes)}">
              ${token(visit)}<button type="submit" class="plain wide">${texts.recoveryNew}</button>
            </form>`
      }
    </div>
  </section>`
}

const password = (visit: Visit, { session, setUp, fault }: AccountPage): Markup => {
  const { texts } = visit
  const at = (place: string) => (fault?.at === place ? 'fault' : undefined)
  return html`<section class="card" aria-labelledby="change-password">
    <h2 id="change-password">${texts.changePassword}</h2>
    ${setUp.password === undefined ? '' : html`<p>${texts.passwordSince(day(visit, setUp.password))}</p>`}
    <form method="post" action="${to(visit, paths.accountPassword)}">
      ${token(visit)}
      ${
        setUp.password === undefined
          ? ''
          : field({
              name: 'current',
              label: texts.currentPassword,
              type: 'password',
              autocomplete: 'current-password',
              fault: at('current'),
            })
      }
      ${newPasswordFields(visit, session.member.id, at('password'))}
      <button type="submit">${texts.save}</button>
    </form>
  </section>`
}
