import '../../../packages/look/src/tokens.css';
import '../../../packages/look/src/components.css';
import './kiosk.css';
import { startCamera } from './camera.js';
import { startKiosk } from './kiosk.js';

const app = document.getElementById('app');
if (app !== null) {
  if (location.pathname === '/camera') void startCamera(app);
  else startKiosk(app);
}
