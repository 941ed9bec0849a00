import { createApp } from 'vue'
import { AccountKey, createAccount } from './api/account'
import { ApiKey, createApi } from './api/api'
import { createClient } from './api/client'
import App from './app/App.vue'
import messages from './app/messages'
import { createAppRouter } from './app/router'
import { createSocket, deviceName, SocketKey } from './realtime/socket'
import { startTheme } from './shared/composables/useTheme'
import { addMessages, i18n } from './shared/i18n'
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

createApp(App)
  .provide(ApiKey, api)
  .provide(AccountKey, account)
  .provide(SocketKey, socket)
  .provide(ToastsKey, createToasts())
  .use(i18n)
  .use(router)
  .mount('#app')
