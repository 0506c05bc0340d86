import fc from 'fast-check'
import type { Context } from 'hono'
import { describe, expect, it } from 'vitest'
import { readSettings, SettingsFault } from '../../src/settings.ts'
import { addressOf } from '../../src/sign-in/address-of.ts'
import { localPath, signInAddress } from '../../src/sign-in/addresses.ts'
import { hashPassword, isOutdated, isPassword, passwordFault } from '../../src/sign-in/password.ts'
import { textsOf } from '../../src/sign-in/texts/texts.ts'

const here = 'https://gateway.example'

/** Texts that look like paths, and what has misled readers of them. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '\\',
        '//',
        '..',
        '.',
        '@',
        ':',
        '?',
        '#',
        '%2f',
        '%5c',
        '%09',
        '\t',
        '\n',
        '\r',
        '\0',
        ' ',
        'evil.example',
        'https:',
        'javascript:',
        '/.',
        '/..',
        'ⓔ',
        '／',
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))

describe('where a sign-in leads', () => {
  it('is within the gateway, whatever it is told', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          hostile.map((text) => `/${text}`),
        ),
        (text) => {
          const path = localPath(text)
          if (path === undefined) return
          expect(path).toMatch(/^\/(?![/\\])/)
          expect(new URL(path, `${here}/sign-in/continue`).origin).toBe(here)
          expect(new URL(`${here}${path}`).origin).toBe(here)
          expect(localPath(path)).toBe(path)
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('is what it was, where it was good', () => {
    const asked = '/oauth/authorize?client_id=a&redirect_uri=https%3A%2F%2Fapp.example%2F&state=%20x#y'
    expect(localPath(asked)).toBe(asked)
    const address = new URL(signInAddress(here, asked, true))
    expect(`${address.origin}${address.pathname}`).toBe(`${here}/sign-in`)
    expect(Object.fromEntries(address.searchParams)).toEqual({ next: asked, fresh: '1' })
    expect(signInAddress(here, '//evil.example')).toBe(`${here}/sign-in?next=%2Faccount`)
  })
})

describe('a password', () => {
  it('is known again, and another is not, however a keyboard composes it', async () => {
    const stored = await hashPassword('Ñandú en la lluvia')
    expect(stored).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/)
    expect(await isPassword(stored, 'Ñandú en la lluvia'.normalize('NFD'))).toBe(true)
    expect(await isPassword(stored, 'Nandu en la lluvia')).toBe(false)
    expect(await hashPassword('Ñandú en la lluvia')).not.toBe(stored)
    expect(isOutdated(stored)).toBe(false)
  })

  it('is none where none is stored, or where what is stored cannot be read or costs too much', async () => {
    for (const stored of [
      undefined,
      '',
      'plain',
      '$scrypt$ln=30,r=8,p=1$AAAA$'.padEnd(70, 'A'),
      '$argon2id$v=19$m=1,t=1,p=1$AA$AA',
    ])
      expect(await isPassword(stored, 'A')).toBe(false)
    expect(isOutdated('$argon2id$x')).toBe(true)
  })

  it.each([
    ['eleven char', 'short'],
    ['a'.repeat(300), 'long'],
    ['123456789012', 'guessable'],
    ['Welcome-12345', 'guessable'],
    ['482910573368', undefined],
    ['Welcome-123', 'short'],
    ['Contraseña!!', 'guessable'],
    ['abcdefghijklm', 'guessable'],
    ['maya.maya.maya', 'guessable'],
    ['violet kettle under seven moons', undefined],
  ])('%s: %s', (given, fault) => expect(passwordFault(given, 'maya')).toBe(fault))
})

describe('where a request comes from', () => {
  const of = (proxies: number, peer: string | undefined, headers: Record<string, string> = {}) =>
    addressOf({ proxies }, {
      env: peer === undefined ? undefined : { incoming: { socket: { remoteAddress: peer } } },
      req: { header: (name: string) => headers[name] },
    } as unknown as Context)
  const said = { 'x-forwarded-for': '1.1.1.1, 2.2.2.2, 3.3.3.3', 'cf-connecting-ip': '4.4.4.4' }

  it('is the peer, and nothing that it says, without proxies', () => {
    expect(of(0, '9.9.9.9', said)).toBe('9.9.9.9')
    expect(of(0, '::ffff:9.9.9.9')).toBe('9.9.9.9')
  })
  it('is what the last proxy of one’s own says', () => {
    expect(of(1, '9.9.9.9', said)).toBe('3.3.3.3')
    expect(of(2, '9.9.9.9', said)).toBe('2.2.2.2')
    expect(of(5, '9.9.9.9', said)).toBe('9.9.9.9')
  })
  it('is what Cloudflare says on Workers', () => expect(of(0, undefined, said)).toBe('4.4.4.4'))
  it('is a /64 of IPv6', () => {
    expect(of(0, '2001:db8:0:1::5')).toBe(of(0, '2001:db8:0:1:aaaa::'))
    expect(of(0, '2001:db8:0:2::5')).not.toBe(of(0, '2001:db8:0:1::5'))
    expect(of(0, '2001:db8::5')).toBe('2001:db8:0:0')
  })
})

describe('the settings of a provider', () => {
  const whole = {
    SLUICE_OIDC_ISSUER: 'https://id.example',
    SLUICE_OIDC_CLIENT_ID: 'a',
    SLUICE_OIDC_CLIENT_SECRET: 'b',
  }
  const faults = (environment: Record<string, string>): readonly string[] => {
    try {
      readSettings(environment)
      return []
    } catch (fault) {
      return fault instanceof SettingsFault ? fault.faults : ['?']
    }
  }

  it('are all there or none', () => {
    expect(readSettings(whole).openId).toEqual({
      issuer: 'https://id.example',
      clientId: 'a',
      clientSecret: 'b',
      claim: 'sub',
    })
    expect(readSettings({}).openId).toBeUndefined()
    expect(faults({ SLUICE_OIDC_CLIENT_ID: 'a' })).toHaveLength(2)
    expect(faults({ SLUICE_OIDC_CLAIM: 'email' })).toHaveLength(3)
  })

  it.each([
    ['http://127.0.0.1:9', {}, true],
    ['http://localhost:9', {}, true],
    ['http://localhost:9', { SLUICE_ENV: 'production' }, false],
    ['http://id.example', {}, false],
    ['http://127.0.0.1.evil.example', {}, false],
    ['https://id.example', { SLUICE_ENV: 'production' }, true],
  ])('%s %j: %s', (issuer, more, good) =>
    expect(faults({ ...whole, SLUICE_OIDC_ISSUER: issuer, ...more })).toHaveLength(good ? 0 : 1),
  )
})

describe('the texts', () => {
  it('are all translated', () => {
    const [en, es] = [textsOf('en'), textsOf('es')]
    const same = Object.entries(en).filter(
      ([name, text]) => typeof text === 'string' && text === es[name as keyof typeof es],
    )
    expect(same).toEqual([['error', 'Error']])
  })
})
