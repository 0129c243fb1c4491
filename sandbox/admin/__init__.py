"""The simulated Shopify admin: a page that frames the app, with stand-ins for App Bridge and Polaris."""
