import type { Coding, Meta, Resource } from 'fhir/r4'
import { confidentialities } from '../consent/labels.ts'
import { structure, system } from '../fhir/names.ts'

/**
 * What must go along with something that is made of other resources: all their security labels, the highest of their
 * confidentialities, and the notices and consents that they went under. It leaves no less protected than they are.
 */
export const protectionOf = (sources: readonly Resource[]): Meta | undefined => {
  const labels = sources.flatMap(({ meta }) => meta?.security ?? [])
  const extension = once(
    sources.flatMap(({ meta }) => (meta?.extension ?? []).filter(({ url }) => kept.includes(url))),
    (own) => JSON.stringify(own),
  )
  const security = [
    ...highest(labels),
    ...once(
      labels.filter((own) => !isLevel(own)),
      ({ system: of, code }) => `${of}|${code}`,
    ),
  ]
  if (security.length === 0 && extension.length === 0) return undefined
  return { ...(extension.length === 0 ? {} : { extension }), ...(security.length === 0 ? {} : { security }) }
}

/** The same together with what a resource has already. */
export const protectedBy = <T extends Resource>(resource: T, sources: readonly Resource[]): T => {
  const { security, extension = [] } = protectionOf([resource, ...sources]) ?? {}
  const others = (resource.meta?.extension ?? []).filter(({ url }) => !kept.includes(url))
  const all = [...others, ...extension]
  if (security === undefined && all.length === 0) return resource
  return {
    ...resource,
    meta: {
      ...resource.meta,
      ...(all.length === 0 ? {} : { extension: all }),
      ...(security === undefined ? {} : { security }),
    },
  }
}

const kept = [structure('redisclosure-notice'), structure('disclosed-under')]

const isLevel = ({ system: of }: Coding): boolean => of === system.confidentiality

const highest = (labels: readonly Coding[]): Coding[] => {
  const ranks = labels.filter(isLevel).map(({ code }) => confidentialities.findIndex((own) => own === code))
  const code = confidentialities[Math.max(-1, ...ranks)]
  return code === undefined ? [] : [{ system: system.confidentiality, code }]
}

const once = <T>(all: readonly T[], of: (one: T) => string): T[] => [
  ...new Map(all.map((one) => [of(one), one])).values(),
]
