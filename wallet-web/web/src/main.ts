import '@lanyard/look/tokens.css';
import '@lanyard/look/components.css';
import './wallet.css';
import { startWallet } from './app/start-wallet.js';

void startWallet(document.querySelector<HTMLElement>('#app') ?? document.body);
