"""The addresses of the demo shop."""

from django.urls import path

from gamopanda.demo.shop import views

urlpatterns = [
    path("", views.show_shop, name="demo-shop"),
    path("webhook", views.take_webhook, name="demo-webhook"),
    path("webhooks", views.list_webhooks, name="demo-webhooks"),
    path("token", views.renew_token, name="demo-token"),
    path("do/tomorrow", views.come_back_tomorrow, name="demo-tomorrow"),
    path("do/anew", views.begin_anew, name="demo-anew"),
    path("do/<slug:deed>", views.do_deed, name="demo-deed"),
]
