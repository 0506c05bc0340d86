/** The text of a body, undefined where it is longer than `limit` bytes; no more than that is ever held. */
export const readBounded = async (
  body: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<string | undefined> => {
  if (body === null) return ''
  const decoder = new TextDecoder()
  let [text, size] = ['', 0]
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > limit) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
