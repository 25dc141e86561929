"""The widgets that show HTML, rows and uploads in a browser; importing one loads anywidget."""
