import { describe, expect, it } from 'vitest'
import { type Home, homePage } from '../../src/console/home.ts'
import { pagePolicy } from '../../src/console/page.ts'
import { users } from '../../src/demo/users.ts'
import { stories } from '../../src/demo/county.ts'

const demo: Home = {
  publicUrl: 'http://localhost:8080',
  database: 'PGlite',
  demo: true,
  stories,
  clients: ['riverbend', 'mercy-general'],
  mllpPort: 2575,
  users,
}
const written = homePage(demo)

describe('the page at /', () => {
  it.each([
    'http://localhost:8080/fhir<',
    'http://localhost:8080/fhir/metadata',
    'http://localhost:8080/readyz',
    'http://localhost:8080/exchange/hl7v2',
    'mllp://localhost:2575',
    'npm run --silent gateway -- token --client mercy-general',
    'http://localhost:8080/fhir/Patient/maya',
    'npm run tour',
    'Database: PGlite.',
  ])('says %s', (text) => expect(written).toContain(text))

  it('tells the twelve stories', () => {
    expect(written.match(/<th scope="row"/g)).toHaveLength(12)
    expect(stories.filter(({ name }) => !written.includes(name))).toEqual([])
  })

  it('tells none of them without the demo county', () => {
    const plain = homePage({ ...demo, demo: false, clients: [], users: [] })
    expect(plain).not.toContain('<table')
    expect(plain).not.toMatch(/mercy|maya|npm run tour/i)
    expect(plain).toContain('token --client your-client')
  })

  it('says when MLLP is off', () => {
    const off = homePage({ ...demo, mllpPort: 0 })
    expect(off).toContain('switched off')
    expect(off).not.toContain('mllp://')
  })

  it('has landmarks, one h1 and headings in order, a language and a title', () => {
    expect(written).toMatch(/^<!doctype html>\s+<html lang="en">/)
    expect(written.match(/<(header|main|footer)[ >]/g)).toHaveLength(3)
    expect(written.match(/<h1>/g)).toHaveLength(1)
    expect(written.match(/<h[3-6]/g)).toBeNull()
    expect(written).toMatch(/<title>[^<]+<\/title>/)
    expect(written).toMatch(/<svg[^>]+role="img" aria-labelledby="flow-title flow-text"/)
    const ids = [...written.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const named = [...written.matchAll(/aria-labelledby="([^"]+)"/g)].flatMap(
      ([, id]) => id?.split(' ') ?? [],
    )
    expect(named.filter((id) => !ids.includes(id))).toEqual([])
  })

  it('is small, and loads and runs nothing', () => {
    expect(new TextEncoder().encode(written).length).toBeLessThan(20_000)
    expect(written).not.toMatch(/<script|<link|<img|<iframe|src=|url\((?!#)|@import|\son\w+=/i)
    expect(pagePolicy).toContain("default-src 'none'")
    expect(pagePolicy).not.toContain('script')
  })

  it('escapes every value', () => {
    const evil = '<img src=x>"'
    const story = { patient: evil, name: evil, situation: evil, tryIt: evil }
    const hostile = { ...demo, publicUrl: evil, database: evil, stories: [story], clients: [evil] }
    expect(homePage(hostile)).not.toContain('<img')
    expect(homePage({ ...hostile, demo: false })).not.toContain('<img')
  })
})

/** WCAG 2.2, 1.4.3: relative luminance and contrast. */
const luminance = (hex: string): number => {
  const wide = hex.length === 4 ? hex.replaceAll(/[0-9a-f]/g, '$&$&') : hex
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(wide.slice(at, at + 2), 16) / 255
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (one: string, other: string): number => {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

describe('its colors', () => {
  const schemes = [...written.matchAll(/:root\{([^}]+)\}/g)].map(([, rules]) =>
    Object.fromEntries((rules ?? '').split(';').map((rule) => rule.replace('--', '').split(':'))),
  ) as Record<string, string>[]

  it('come in light, dark and print', () => expect(schemes).toHaveLength(3))

  it.each(schemes.map((colors) => [colors]))('have a contrast of 4.5 for text', (colors) => {
    const pairs = ['ink', 'soft', 'accent'].flatMap((text) =>
      ['paper', 'ground'].map((under) => [text, under]),
    )
    const faint = [...pairs, ['ink', 'tint']].filter(
      ([text, under]) => contrast(colors[text ?? ''] ?? '', colors[under ?? ''] ?? '') < 4.5,
    )
    expect(faint).toEqual([])
  })
})
