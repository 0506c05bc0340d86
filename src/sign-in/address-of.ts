import type { Context } from 'hono'
import type { Settings } from '../settings.ts'

/** What the runtimes say of the other end: Node's socket, by the adapter of Hono. */
interface Connected {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } }
}

/**
 * Where a request comes from, for limits: the peer of the connection; behind proxies of one's own what the last of them
 * said in X-Forwarded-For; on Workers what Cloudflare says. IPv6 counts by /64, which one household has.
 */
export const addressOf = (
  { proxies = 0 }: Pick<Settings, 'proxies'>,
  { env, req }: Pick<Context, 'env' | 'req'>,
): string => {
  const peer = (env as Connected | undefined)?.incoming?.socket?.remoteAddress
  if (peer === undefined) return network(req.header('cf-connecting-ip') ?? 'unknown')
  const forwarded = (req.header('x-forwarded-for') ?? '').split(',').map((one) => one.trim())
  return network(proxies === 0 ? peer : (forwarded.at(-proxies) ?? peer))
}

const network = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address.slice(0, 64)
  const [head = '', tail = ''] = address.split('::')
  const [first, last] = [head, tail].map((part) => part.split(':').filter((one) => one !== ''))
  const zeros = Array.from({ length: Math.max(0, 8 - (first?.length ?? 0) - (last?.length ?? 0)) }, () => '0')
  const groups = [...(first ?? []), ...(address.includes('::') ? zeros : []), ...(last ?? [])]
  return groups.slice(0, 4).join(':').toLowerCase().slice(0, 64)
}
