import { createApp, defineAsyncComponent, type Component } from 'vue'
import { AccountKey, createAccount } from './api/account'
import { ApiKey, createApi } from './api/api'
import { createClient } from './api/client'
import App from './app/App.vue'
import messages from './app/messages'
import { createAppRouter } from './app/router'
import { createSocket, deviceName, SocketKey } from './realtime/socket'
import { startTheme } from './shared/composables/useTheme'
import { addMessages, i18n } from './shared/i18n'
import { PartyViewKey, type PartyViewProps } from './shared/partyView'
import { createToasts, ToastsKey } from './shared/ui/useToasts'
import './shared/tokens.css'
import './shared/base.css'

startTheme()
addMessages(messages)
document.documentElement.lang = i18n.global.locale.value

const client = createClient({
  fetch: window.fetch.bind(window),
  onUnauthorised: () => account.expire(),
})
const api = createApi(client)
const account = createAccount({ api })
const scheme = window.location.protocol === 'http:' ? 'ws' : 'wss'
const socket = createSocket({
  url: `${scheme}://${window.location.host}/api/v1/ws`,
  device: deviceName(window.localStorage),
})
const router = createAppRouter({ account })

// The officer's phone turned round shows what the party's own phone shows.
const PartyView: Component<PartyViewProps> = defineAsyncComponent(async () => {
  addMessages((await import('./features/party/messages')).default)
  const module = await import('./features/party/components/PartyView.vue')
  return module
})

createApp(App)
  .provide(ApiKey, api)
  .provide(AccountKey, account)
  .provide(SocketKey, socket)
  .provide(PartyViewKey, PartyView)
  .provide(ToastsKey, createToasts())
  .use(i18n)
  .use(router)
  .mount('#app')
