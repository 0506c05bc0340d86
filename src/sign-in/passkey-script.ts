/**
 * The one script of these pages, as it is served: it asks for options, hands them to the browser, and sends what the
 * browser made of them with the form. It writes no markup, and without it everything but passkeys works.
 */
export const passkeyScript = `'use strict'
for (const form of document.querySelectorAll('form[data-passkey]')) {
  const create = form.dataset.passkey === 'create'
  const parse = create ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON'
  if (!globalThis.PublicKeyCredential?.[parse] || !PublicKeyCredential.prototype.toJSON) continue
  const fault = form.querySelector('[data-fault]')
  let waiting
  form.hidden = false
  for (const note of document.querySelectorAll('[data-unsupported]')) note.hidden = true
  const optionsOf = async () => {
    const body = new URLSearchParams({ token: form.elements.token.value })
    const answer = await fetch(form.dataset.options, { method: 'POST', body, redirect: 'error' })
    if (!answer.ok) throw new Error('no options')
    return PublicKeyCredential[parse](await answer.json())
  }
  const send = (credential) => {
    form.elements.credential.value = JSON.stringify(credential.toJSON())
    form.submit()
  }
  const ask = async (mediation) => {
    waiting?.abort()
    waiting = new AbortController()
    const { signal } = waiting
    const publicKey = await optionsOf()
    send(await (create
      ? navigator.credentials.create({ publicKey, signal })
      : navigator.credentials.get({ publicKey, signal, ...(mediation ? { mediation } : {}) })))
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    fault.hidden = true
    ask().catch(() => { fault.hidden = false })
  })
  if (!create && PublicKeyCredential.isConditionalMediationAvailable)
    PublicKeyCredential.isConditionalMediationAvailable()
      .then((available) => available && ask('conditional'))
      .catch(() => undefined)
}
`
